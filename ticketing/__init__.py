"""Money and its proof: subsidies by rules that are data, a double-entry ledger, a register an outsider can check."""
