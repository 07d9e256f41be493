"""The region's tariff as versioned data: networks, zones, distance bands, products, reductions, caps, transfers."""
