"""What OpenStreetMap tags mean for walking, wheelchairs, cycling and driving, in France first of all.

Sources: the OSM wiki (Key:highway, Key:access, OSM tags for routing/Access restrictions, Key:oneway:bicycle, Key:kerb,
Wheelchair routing), the French Code de la route (speeds R413-2 and R413-3; nobody walks or cycles on motorways
R421-2; cyclists in pedestrian zones R431-9) and the arrêté du 15 janvier 2007 on accessible streets.
"""

from routing.street.tagging.node import NodeRule, judge_node
from routing.street.tagging.way import Street, judge_way

__all__ = ["NodeRule", "Street", "judge_node", "judge_way"]
