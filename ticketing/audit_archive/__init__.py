"""One month of the register as one file that an outsider can check without the database. docs/audit-archive.md is its
format; every byte of it follows from the register."""
