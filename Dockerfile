# syntax=docker/dockerfile:1

FROM python:3.12-slim-bookworm AS build
WORKDIR /src
COPY pyproject.toml README.md constraints.txt ./
COPY ground ground
COPY routing routing
COPY gtfs_feeds gtfs_feeds
COPY carpool carpool
COPY on_demand on_demand
COPY ticketing ticketing
COPY mobility mobility
RUN python -m venv /opt/mobility \
    && /opt/mobility/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /data mobility \
    && mkdir /data /var/cache/mobility \
    && chown mobility /data /var/cache/mobility
COPY --from=build /opt/mobility /opt/mobility
ENV PATH=/opt/mobility/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NUMBA_CACHE_DIR=/var/cache/mobility \
    MOBILITY_DATA_DIR=/data \
    MOBILITY_HOST=0.0.0.0 \
    MOBILITY_PORT=8000
USER 10001
VOLUME /data
EXPOSE 8000
# 200 once a network is served; a server that has none yet answers 400 and is well all the same.
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s \
    CMD ["python", "-c", "import urllib.request, urllib.error, sys\ntry:\n    urllib.request.urlopen('http://127.0.0.1:8000/api/v1/health', timeout=4)\nexcept urllib.error.HTTPError as error:\n    sys.exit(error.code >= 500)"]
ENTRYPOINT ["mobility"]
CMD ["serve"]
