"""Import and export in the settings: choosing files, what the columns of a table are taken for, progress, the report."""
