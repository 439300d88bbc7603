FROM python:3.12-slim AS build
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=config.settings.production DATA_DIR=/data
RUN useradd --system --home-dir /app benchpin && mkdir /data && chown benchpin /data
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY config config
COPY shop shop
COPY catalog catalog
COPY orders orders
COPY README.md LICENSE ./
USER benchpin
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--blocking-threads", "4", "--blocking-threads-idle-timeout", "600", "--no-ws", "config.wsgi:application"]
