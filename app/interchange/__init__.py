"""Files of other programs: tables (CSV), cards (vCard), mailboxes (mbox, EML), and writing such files safely."""
