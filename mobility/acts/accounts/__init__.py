"""What people and administrators do with accounts: sign in, change, hand out keys, take their data away."""
