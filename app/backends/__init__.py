"""Adapters to mail servers, a folder each protocol. They raise MailFault, never a library's own error."""
