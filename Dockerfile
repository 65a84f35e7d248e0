# The digest of the base image is left to where images are mirrored: python:3.11-slim-bookworm@sha256:…
# tests/packaging/test_image.py carries out the build stage and starts the service as the final stage says, without Docker.
FROM python:3.11-slim-bookworm AS build
WORKDIR /opt/src
COPY requirements/build.txt requirements/runtime.txt requirements/
# The service's environment has no pip of its own; the builder's installs into it, and only what the hashes name.
RUN python -m venv /opt/builder \
    && /opt/builder/bin/python -m pip install --no-cache-dir --require-hashes --only-binary :all: \
        -r requirements/build.txt \
    && /opt/builder/bin/python -m venv --without-pip /opt/recurrence-cds \
    && /opt/builder/bin/python -m pip --python /opt/recurrence-cds/bin/python install \
        --no-cache-dir --require-hashes --only-binary :all: -r requirements/runtime.txt
COPY pyproject.toml LICENSE ./
COPY cds_service cds_service
COPY cards cards
COPY rules rules
# `make assets` comes before the build: without the charts library the pages have tables only.
RUN test -f cds_service/evidence_view/vendor/echarts.min.js \
    && /opt/builder/bin/python -m pip wheel --no-cache-dir --no-deps --no-build-isolation --no-index \
        --wheel-dir /opt/wheels . \
    && /opt/builder/bin/python -m pip --python /opt/recurrence-cds/bin/python install \
        --no-cache-dir --no-deps --no-index /opt/wheels/recurrence_cds-*.whl

FROM python:3.11-slim-bookworm
# The base image's own build tools are not needed to run.
RUN python -m pip uninstall --yes pip setuptools wheel
COPY --from=build /opt/recurrence-cds /opt/recurrence-cds
# Bytecode was written when the packages were installed. Afterwards only the store is written: give it a
# writable volume and name it in RECURRENCE_CDS_DATABASE, so that `docker run --read-only` works.
ENV PATH=/opt/recurrence-cds/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    RECURRENCE_CDS_PROFILE=production
WORKDIR /opt/recurrence-cds
USER 10001:10001
EXPOSE 8000
# http.client and not urllib: a proxy set for the container must not be asked for its own loopback.
HEALTHCHECK --interval=30s --timeout=5s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import http.client, sys; c = http.client.HTTPConnection('127.0.0.1', 8000, timeout=4); c.request('GET', '/health/live'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["recurrence-cds", "serve", "--host", "0.0.0.0", "--port", "8000"]
