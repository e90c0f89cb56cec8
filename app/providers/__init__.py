"""What is true of each mail service, and the way from an address to one: known services, autoconfiguration, SRV and MX
records, Exchange autodiscover, usual host names. Used by services and the command line."""
