# Marsad as it runs in production: the checkout with its locked dependencies, as a user without rights.
FROM python:3.12-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /marsad
RUN useradd --system --uid 10001 --create-home marsad && mkdir -p /data && chown marsad /data

# Dependencies first: they change less often than the program. Celery for a cluster and apprise for alerts are among them.
COPY requirements-cluster.lock requirements-alerts.lock ./
RUN pip install --require-hashes -r requirements-cluster.lock -r requirements-alerts.lock

COPY pyproject.toml README.md LICENSE scrapy.cfg ./
COPY config config
COPY crawler crawler
COPY pipelines pipelines
COPY desk desk
RUN pip install --no-deps --editable .

USER 10001
ENV MARSAD_DATA=/data
VOLUME ["/data"]
STOPSIGNAL SIGTERM
# The store answers and the source files can be read; what is late is for the metrics to tell.
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s CMD ["marsad", "status", "--json"]
ENTRYPOINT ["marsad"]
CMD ["run", "--json-logs", "--metrics", "9464"]
