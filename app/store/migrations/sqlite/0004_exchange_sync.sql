-- An Exchange server's own word for how a folder stood when it was last read to its end (EWS: SyncState).
ALTER TABLE folder_cursor ADD COLUMN sync_state TEXT NOT NULL DEFAULT '';
