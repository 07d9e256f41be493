"""What people do with demand-responsive transport: describe services, quote, hold, confirm, change, ride, dispatch."""
