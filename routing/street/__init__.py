"""Streets: an OpenStreetMap extract as a compact graph for walking, wheelchairs, cycling and driving.

graph, report = build_graph(Path("region.osm.pbf"))      # minutes for a region, seconds for a town
write_arrays(graph, folder)                              # routing.snapshot; map_arrays(StreetGraph, folder) back
streets = Streets(graph, stop_lat, stop_lon)
streets.reach("WALK", lat, lon, 900)                     # stops within 15 minutes
streets.path("WALK", lat, lon, to_lat, to_lon)           # or why not
"""

from routing.street.build import BuildReport, build_graph
from routing.street.graph import StreetGraph
from routing.street.osm import BrokenExtractError
from routing.street.paths import NoPath, Reached, ReachedNodes, Reason, StreetPath, Transfers
from routing.street.steps import Step
from routing.street.streets import Streets

__all__ = [
    "BrokenExtractError",
    "BuildReport",
    "NoPath",
    "Reached",
    "ReachedNodes",
    "Reason",
    "Step",
    "StreetGraph",
    "StreetPath",
    "Streets",
    "Transfers",
    "build_graph",
]
