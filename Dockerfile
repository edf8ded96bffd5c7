# One image; the command picks the part: serve, migrate, import-hsds, work …

FROM node:24-trixie-slim AS explorer
WORKDIR /web
COPY web/package.json web/package-lock.json web/.npmrc ./
RUN npm ci --no-audit --no-fund
COPY web/ ./
RUN npm run build

FROM python:3.13-slim-trixie AS dependencies
COPY requirements.lock /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /requirements.lock

FROM python:3.13-slim-trixie
RUN useradd --uid 10001 --home-dir /data --no-create-home --shell /usr/sbin/nologin throughline \
 && install --directory --owner=throughline --group=throughline --mode=0700 /data
COPY --from=dependencies /venv /venv
WORKDIR /app
COPY --from=explorer /web/dist web/dist
COPY models models
COPY policies policies
COPY workflows workflows
COPY jobs jobs
COPY loaders loaders
COPY schema schema
COPY resolvers resolvers
COPY subscriptions subscriptions
COPY server server

# The other settings, DATABASE_URL and SECRET_KEY first of all, come from where the image is run.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    DATA_DIR=/data
USER 10001
EXPOSE 8000

# Without a proxy in between, whatever the environment says of proxies.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-c", \
  "import http.client, os, sys; c = http.client.HTTPConnection('127.0.0.1', int(os.environ['PORT']), timeout=4); c.request('GET', '/readyz'); sys.exit(c.getresponse().status != 200)"]

ENTRYPOINT ["python", "-m", "server"]
CMD ["serve"]
