# docker build --tag uis-omni .            (nothing of the machine is needed: the pages are built inside)
# docker compose up                        (the whole cluster: see compose.yaml)

FROM python:3.12-slim-bookworm AS pages
WORKDIR /src
COPY requirements.txt requirements-dev.txt ./
COPY tools/setup.py tools/setup.py
RUN python tools/setup.py venv
COPY tools tools
COPY frontend frontend
# The pages' types are made of the API's description, and that of the code.
COPY app app
COPY bitrix_app bitrix_app
RUN .venv/bin/python tools/build_pages.py

FROM python:3.12-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PATH=/venv/bin:$PATH \
    INSTANCE_PATH=/data
RUN useradd --system --uid 10001 --no-create-home omni && mkdir /data && chown omni /data
WORKDIR /omni
COPY requirements.txt requirements-telemetry.txt ./
RUN python -m venv /venv \
    && pip install --require-hashes -r requirements.txt \
    && pip install --require-hashes -r requirements-telemetry.txt
COPY app app
COPY bitrix_app bitrix_app
COPY migrations migrations
COPY wsgi.py gunicorn.conf.py ./
COPY --from=pages /src/frontend/dist frontend/dist
RUN python -m compileall -q app bitrix_app
USER 10001
VOLUME /data
EXPOSE 8000
# Of a worker or beat the compose file asks in its own way.
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 8000)}/healthz', timeout=4)"]
CMD ["gunicorn", "wsgi:app"]
