"""What auditors read, and take with them. Every read is itself noted: who, what, when."""
