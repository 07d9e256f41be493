"""The good feed with on-demand services beside its timetable, as text."""

from __future__ import annotations

from tests.gtfs_feeds.feed_texts import GOOD

STOP_TIMES = """\
trip_id,arrival_time,departure_time,stop_id,stop_sequence,location_id,location_group_id,\
start_pickup_drop_off_window,end_pickup_drop_off_window,pickup_type,drop_off_type,\
pickup_booking_rule_id,drop_off_booking_rule_id
T1,08:00:00,08:00:00,V1,1,,,,,,,,
T1,08:30:00,08:31:00,BAUME,2,,,,,,,,
T1,08:45:00,08:45:00,CLERVAL,3,,,,,,,,
T2,09:00:00,09:00:00,CLERVAL,1,,,,,,,,
T2,09:45:00,09:45:00,V2,2,,,,,,,,
T3,23:30:00,23:30:00,V1,1,,,,,,,,
T3,30:00:00,30:00:00,BAUME,2,,,,,,,,
ZONE,,,,1,val,,08:00:00,12:00:00,2,1,hour,
ZONE,,,,2,val,,08:00:00,12:00:00,1,2,,hour
GROUP,,,,1,,towns,14:00:00,18:00:00,2,2,eve,eve
GROUP,,,V1,2,,,14:00:00,18:30:00,1,2,,eve
DEVIATES,10:00:00,10:00:00,V1,1,,,,,0,0,,
DEVIATES,,,,2,val,,10:00:00,10:30:00,2,2,hour,hour
DEVIATES,10:30:00,10:31:00,CLERVAL,3,,,,,0,0,,
"""

TRIPS = GOOD["trips.txt"].replace("shape_id\n", "shape_id,safe_duration_factor,safe_duration_offset\n").replace(
    "S1\n", "S1,,\n"
).replace("B1,\n", "B1,,,\n").replace("Baume,0,,\n", "Baume,0,,,,\n") + (
    "TAD,WEEK,ZONE,,,,,1.5,600\nTAD,WEEK,GROUP,,,,,,\nC,DATES,DEVIATES,,,,,,\n"
)  # fmt: skip

FLEX: dict[str, str] = {
    "stop_times.txt": STOP_TIMES,
    "trips.txt": TRIPS,
    "routes.txt": GOOD["routes.txt"] + "TAD,A,,Taxi du Doubs,3,,\n",
    "booking_rules.txt": """\
booking_rule_id,booking_type,prior_notice_duration_min,prior_notice_last_day,prior_notice_last_time,\
prior_notice_start_day,prior_notice_start_time,prior_notice_service_id,message,phone_number
hour,1,60,,,,,,"Par téléphone, de 8 h à 18 h",+33 3 81 00 00 00
eve,2,,1,17:00:00,14,00:00:00,WEEK,La veille,+33 3 81 00 00 00
""",
    "location_groups.txt": "location_group_id,location_group_name\ntowns,Bourgs\n",
    "location_group_stops.txt": "location_group_id,stop_id\ntowns,BAUME\ntowns,CLERVAL\n",
    "locations.geojson": """\
{"type": "FeatureCollection", "features": [
 {"id": "val", "type": "Feature", "properties": {"stop_name": "Val"}, "geometry": {"type": "Polygon",
  "coordinates": [[[6.0, 47.2], [6.6, 47.2], [6.6, 47.5], [6.0, 47.5], [6.0, 47.2]]]}}
]}
""",
}
"""Only what the good feed has otherwise, or not at all."""
