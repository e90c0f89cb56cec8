"""What the pages of contacts, companies and deals share: tables, editing in place, history, search for a record."""
