"""The good feed with prices beside its timetable, as text: GTFS-Fares v2, and v1."""

from __future__ import annotations

from tests.gtfs_feeds.feed_texts import GOOD

V2: dict[str, str] = {
    "areas.txt": "area_id,area_name\nBES,Besançon\nBAU,Baume\n",
    "stop_areas.txt": "area_id,stop_id\nBES,GARE\nBAU,BAUME\nBAU,CLERVAL\n",
    "networks.txt": "network_id,network_name\nrail,TER\nbus,Navettes\n",
    "route_networks.txt": "network_id,route_id\nrail,R\nbus,C\n",
    "timeframes.txt": """\
timeframe_group_id,start_time,end_time,service_id
peak,07:00:00,09:00:00,WEEK
peak,16:00:00,24:00:00,WEEK
any,,,WEEK
""",
    "rider_categories.txt": """\
rider_category_id,rider_category_name,is_default_fare_category,eligibility_url
adult,Adulte,1,
youth,Jeune,,
""",
    "fare_media.txt": "fare_media_id,fare_media_name,fare_media_type\ncard,Carte,2\nnone,,0\n",
    "fare_products.txt": """\
fare_product_id,fare_product_name,rider_category_id,fare_media_id,amount,currency
train,Billet train,adult,,8.50,EUR
train,Billet train,youth,card,4.00,EUR
navette,Navette,,,1.20,EUR
rabais,Rabais,,,-0.40,EUR
""",
    "fare_leg_rules.txt": """\
leg_group_id,network_id,from_area_id,to_area_id,from_timeframe_group_id,to_timeframe_group_id,fare_product_id,rule_priority
t,rail,BES,BAU,peak,,train,1
n,bus,,,,,navette,
""",
    "fare_leg_join_rules.txt": """\
from_network_id,to_network_id,from_stop_id,to_stop_id
rail,rail,,
bus,bus,V1,V2
""",
    "fare_transfer_rules.txt": """\
from_leg_group_id,to_leg_group_id,transfer_count,duration_limit,duration_limit_type,fare_transfer_type,fare_product_id
n,t,,3600,1,1,rabais
n,n,-1,5400,1,0,
""",
}

ZONED_STOPS = GOOD["stops.txt"].replace("level_id\n", "level_id,zone_id\n", 1)
ZONED_STOPS = (
    "\n".join(
        line + {"V1": ",1", "V2": ",1", "BAUME": ",2", "CLERVAL": ",3"}.get(line.split(",")[0], ",")
        if not line.startswith("stop_id")
        else line
        for line in ZONED_STOPS.splitlines()
    )
    + "\n"
)

V1: dict[str, str] = {
    "stops.txt": ZONED_STOPS,
    "fare_attributes.txt": """\
fare_id,price,currency_type,payment_method,transfers,agency_id,transfer_duration
p,1.25,EUR,0,0,A,
q,5.2,EUR,1,,,5400
""",
    "fare_rules.txt": """\
fare_id,route_id,origin_id,destination_id,contains_id
p,C,,,
q,R,1,3,
q,,,,2
""",
}
