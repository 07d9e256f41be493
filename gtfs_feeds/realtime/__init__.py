"""GTFS-RT in: what runs otherwise than planned, of one source, against a network. Pure: the clock is an argument.

`FeedIndex(network, feed_id)` finds a feed's identifiers; `receive` takes a message into a `LiveFeed`; `live_at` says
what of it still holds. See `gtfs_feeds.realtime.state`.
"""
