# Two images from one source: `slim` runs producer, speed layer and API; `spark` streaming and batch,
# with Java, PySpark, and the connector's jars.

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_ROOT_USER_ACTION=ignore \
    PATH=/opt/venv/bin:$PATH
# The state belongs to the runtime user: a new volume inherits the folder's owner.
RUN useradd --uid 10001 --create-home --shell /usr/sbin/nologin reelstream \
    && install --directory --owner=reelstream --group=reelstream /state /data \
    && python -m venv /opt/venv
ENV REELSTREAM_STATE=/state
WORKDIR /home/reelstream

# Reelstream itself, apart from its dependencies: these stay when the source changes.
FROM base AS wheel
COPY . /source
RUN --mount=type=cache,target=/root/.cache/pip \
    pip wheel --no-deps --wheel-dir /dist /source

FROM base AS slim
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=locks/slim.lock,target=/requirements.lock \
    pip install --no-deps --require-hashes -r /requirements.lock
RUN --mount=type=bind,from=wheel,source=/dist,target=/dist \
    pip install --no-cache-dir --no-deps /dist/*.whl
USER 10001:10001
ENTRYPOINT ["reelstream"]
CMD ["--help"]

# PySpark's scripts need `ps`; Java's package needs the manual pages' folder, which slim images lack;
# JAVA_HOME is the same folder on every architecture.
FROM base AS java
RUN mkdir -p /usr/share/man/man1 \
    && apt-get update \
    && apt-get install -y --no-install-recommends openjdk-17-jre-headless=17.* procps=2:4.* \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s /usr/lib/jvm/java-17-openjdk-* /opt/java
ENV JAVA_HOME=/opt/java
RUN --mount=type=cache,target=/root/.cache/pip \
    --mount=type=bind,source=locks/run.lock,target=/requirements.lock \
    pip install --no-deps --require-hashes -r /requirements.lock

# The jars come from a cache, checked by hash; their layer changes only if they do.
FROM java AS jars
RUN --mount=type=bind,from=wheel,source=/dist,target=/dist \
    --mount=type=cache,target=/root/.cache/reelstream \
    pip install --no-cache-dir --no-deps /dist/*.whl \
    && reelstream jars \
    && cp -r /root/.cache/reelstream/jars/connector /opt/connector

FROM java AS spark
COPY --from=jars /opt/connector /opt/connector
ENV REELSTREAM_CONNECTOR_JARS=/opt/connector
RUN --mount=type=bind,from=wheel,source=/dist,target=/dist \
    pip install --no-cache-dir --no-deps /dist/*.whl
USER 10001:10001
ENTRYPOINT ["reelstream"]
CMD ["--help"]
