# One image for every part of the suite that is ours: services, migrations, the gateway's configuration.
#   docker build -t doorstep .
#   docker run --rm doorstep --help
FROM python:3.11-slim-bookworm AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/doorstep
COPY requirements/runtime.txt /tmp/runtime.txt
RUN /opt/doorstep/bin/pip install --require-hashes --no-deps -r /tmp/runtime.txt

FROM python:3.11-slim-bookworm
LABEL org.opencontainers.image.title="Doorstep" org.opencontainers.image.licenses="Apache-2.0"
# Nobody's number on the host, no shell to log in with, no home to write to.
RUN useradd --uid 10001 --user-group --no-create-home --shell /usr/sbin/nologin doorstep \
 && install -d -o doorstep -g doorstep -m 0700 /keys \
 && install -d -o doorstep -g doorstep -m 0755 /public-keys /gateway
COPY --from=packages /opt/doorstep /opt/doorstep
WORKDIR /app
COPY gen/ gen/
COPY gateway/ gateway/
COPY migrations/ migrations/
COPY services/ services/
ENV PATH=/opt/doorstep/bin:$PATH \
    PYTHONPATH=/app:/app/gen/python \
    PYTHONUNBUFFERED=1 \
    DOORSTEP_HOST=0.0.0.0
USER doorstep
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "services.cli"]
CMD ["--help"]
