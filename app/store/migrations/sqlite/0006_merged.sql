-- Who names a contact or company that goes: SQLite looks for them with each row that is deleted.
CREATE INDEX contact_merged ON contact (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX company_merged ON company (merged_into_id) WHERE merged_into_id IS NOT NULL;
CREATE INDEX not_duplicate_b ON not_duplicate (contact_b_id);
