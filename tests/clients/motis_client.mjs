// Does with the MOTIS client what a travellers' app does, and prints what came back as JSON.
// node motis_client.mjs BASE_URL
import { createClient } from "@hey-api/client-fetch";
import * as motis from "@motis-project/motis-client";

const client = createClient({ baseUrl: process.argv[2], querySerializer: { array: { explode: false } } });
const must = ({ data, error }) => {
  if (error) throw new Error(typeof error === "string" ? error : JSON.stringify(error));
  return data;
};

const geocoded = must(await motis.geocode({ client, query: { text: "clun", type: "STOP" } }));
const time = "2026-06-15T06:00:00.000Z";
const query = { fromPlace: "r_AVA", toPlace: geocoded[0].id, time, numItineraries: 3 };
const planned = must(await motis.plan({ client, query }));
const next = must(await motis.plan({ client, query: { ...query, pageCursor: planned.nextPageCursor } }));
const byModes = must(
  await motis.plan({
    client,
    query: { ...query, transitModes: ["BUS", "REGIONAL_RAIL"], directModes: ["WALK", "BIKE"], detailedLegs: false },
  }),
);
// as the package comes: its own client, which repeats the name of a list's parameter
motis.client.setConfig({ baseUrl: process.argv[2] });
const asItComes = must(await motis.plan({ query: { ...query, transitModes: ["BUS", "REGIONAL_RAIL"] } }));
const posted = must(
  await motis.planPost({
    client,
    query: { ...query, fromPlace: "47.05,5.0" },
    body: { fromOffsets: [{ stopId: "r_AVA", duration: 600, mode: "BIKE" }] },
  }),
);
const departures = must(await motis.stoptimes({ client, query: { stopId: "r_BEA", time, n: 4 } }));
const trip = must(await motis.trip({ client, query: { tripId: departures.stopTimes[0].tripId } }));
const around = must(await motis.reverseGeocode({ client, query: { place: "47.0,5.0" } }));
const onMap = must(await motis.stops({ client, query: { min: "46.9,5.3", max: "47.3,4.9" } }));
const stop = must(await motis.stopInfo({ client, query: { stopId: "r_BEA" } }));
const health = must(await motis.health({ client }));
const refused = await motis.plan({ client, query: { fromPlace: "nowhere", toPlace: "r_CLU" } });

console.log(
  JSON.stringify({
    geocoded: geocoded.map((match) => match.name),
    planned: planned.itineraries.map((itinerary) => [itinerary.startTime, itinerary.legs.map((leg) => leg.mode)]),
    next: next.itineraries.map((itinerary) => itinerary.startTime),
    byModes: byModes.itineraries.length,
    asItComes: asItComes.itineraries.length,
    posted: posted.itineraries[0].legs[0].mode,
    departures: departures.stopTimes.map((event) => [event.place.departure, event.headsign]),
    trip: trip.legs[0].intermediateStops.map((place) => place.name),
    around: around.map((match) => match.name),
    onMap: onMap.map((place) => place.stopId),
    stop: stop.routes.map((route) => route.routeShortName),
    health: health.status,
    refused: { status: refused.response.status, error: refused.error.error },
  }),
);
