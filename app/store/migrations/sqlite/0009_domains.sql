-- What stands behind the @ of an address, so that an entry of the never-log list for a whole domain finds its mail at once. Made in
-- one or two seconds where there are a million messages.
CREATE INDEX message_party_domain ON message_party (substr(address_key, instr(address_key, '@') + 1), message_id);
CREATE INDEX message_from_domain ON message (substr(lower(from_address), instr(from_address, '@') + 1));
CREATE INDEX contact_address_domain ON contact_address (substr(address_key, instr(address_key, '@') + 1));
