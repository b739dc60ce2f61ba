"""The one settings file. Everything that differs between machines comes from the environment."""

from pathlib import Path

import dj_database_url
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from instructstudio import env
from instructstudio.broker import socket_path
from instructstudio.secret import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent

# --- where we are -------------------------------------------------------------------------
PRODUCTION = env.flag("PRODUCTION", False)
DEBUG = env.flag("DEBUG", False)
STUDIO_HOME = Path(env.text("STUDIO_HOME") or BASE_DIR / "var").resolve()
STUDIO_HOME.mkdir(parents=True, exist_ok=True)
SECRET_KEY = secret_key(given=env.text("SECRET_KEY"), production=PRODUCTION, home=STUDIO_HOME)

HOST = env.text("HOST", "127.0.0.1")
PORT = env.number("PORT", 8000)
SITE_URL = env.text("SITE_URL") or f"http://{env.own_address(HOST)}:{PORT}"
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or (
    ["*"]
    if HOST == "0.0.0.0" and not PRODUCTION  # noqa: S104
    else [HOST, "localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
CSRF_FAILURE_VIEW = "authoring.views.held.csrf_failure"

# --- applications -------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "authoring",
    "training",
    "evaluation",
    "instructstudio",
]
AUTH_USER_MODEL = "authoring.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "instructstudio.urls"
WSGI_APPLICATION = "instructstudio.wsgi.application"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"

MIDDLEWARE = [
    "instructstudio.middleware.request_id",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "instructstudio.gate.middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "instructstudio.middleware.person_settings",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "instructstudio.idempotency.middleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "instructstudio.context.studio",
            ]
        },
    }
]

# --- data ---------------------------------------------------------------------------------
DATABASES = {
    "default": dj_database_url.parse(
        env.text("DATABASE_URL") or f"sqlite:///{STUDIO_HOME / 'studio.sqlite3'}", conn_max_age=60
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-64000;",
    }
    DATABASES["default"]["CONN_MAX_AGE"] = 0
MEDIA_ROOT = STUDIO_HOME / "files"
RUNS_ROOT = STUDIO_HOME / "runs"
MODELS_ROOT = STUDIO_HOME / "models"
EXPORTS_ROOT = STUDIO_HOME / "exports"
BACKUPS_ROOT = STUDIO_HOME / "backups"

# --- queue --------------------------------------------------------------------------------
EMBEDDED_REDIS = not env.text("REDIS_URL")
REDIS_URL = env.text("REDIS_URL") or f"redis+socket://{socket_path(STUDIO_HOME)}"
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.number("VISIBILITY_TIMEOUT_SECONDS", 3600),
    "socket_connect_timeout": 3,
}
CELERY_IMPORTS = ["evaluation.search.tasks"]  # a tasks.py of an app needs no naming
CELERY_TASK_DEFAULT_QUEUE = "light"
CELERY_TASK_ROUTES = {
    "training.tasks.work": {"queue": "device"},
    "training.tasks.work_lightly": {"queue": "light"},
    "training.tasks.calibrate": {"queue": "device"},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(STUDIO_HOME / "celerybeat-schedule")
CELERY_TIMEZONE = "UTC"

JOB_HANDLERS = {
    "run": "training.handlers.run.RunHandler",
    "evaluation": "evaluation.handlers.EvaluationHandler",
    "export": "training.handlers.export.ExportHandler",
    "push": "training.handlers.push.PushHandler",
}
"""Kind of job → what the runner drives it by (training.handlers.Handler)."""
AUTOMATIC_EVALUATION = "evaluation.actions.automatic.request"
"""Called as `request(run=, checkpoint=)` in the transaction that launches a run (checkpoint None: the
starting weights) or registers a checkpoint; training knows no evaluation (docs/adr/0007)."""
MODEL_CARD_SCORES = "evaluation.card.scores_of"
"""Called as `scores_of(checkpoint=)`: the rows of scores in an export's model card."""
CHECKPOINT_READERS = "evaluation.needs.unfinished"
"""Called as `unfinished(checkpoint=)`: states of what has yet to read its weights; they stay then."""
RUN_WATCHERS = ["evaluation.search.announce.run_changed"]
"""Each called as `watcher(run=)` when a run saved, ended, or a checkpoint of it was scored."""
RUN_LINEAGE = "evaluation.search.lineage.of_run"
"""Called as `of_run(run=)`: what spec.json says of where a run comes from, beyond training."""
PUSH_SECRETS = ("HUB_TOKEN", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
ENGINE_ENVIRONMENT = env.without(
    *("SECRET_KEY", "DATABASE_URL", "REDIS_URL", "EMAIL_HOST_PASSWORD", "METRICS_TOKEN"),
    *PUSH_SECRETS,
)
"""What an engine process inherits: it knows neither database nor broker."""
PUSH_ENVIRONMENT = env.only(*PUSH_SECRETS)
"""What a push's process is given on top: only the light worker needs these set."""
DEVICE_SETS = env.device_sets("DEVICES")
"""One device worker a set, started by `manage.py studio`: `0,1;2,3`. One job at a time on each."""
WORKER_DEVICES = env.text("WORKER_DEVICES")
"""The set that this worker owns; empty: the whole machine. What else starts a device worker, a
compose file say, sets it for each."""
KEEP_BEST = env.number("KEEP_BEST", 5)
"""Checkpoints of a run that keep their files beside the last, unless the launch says otherwise; 0
keeps all. Another's files go once it is measured."""
SHUTDOWN_SECONDS = env.number("SHUTDOWN_SECONDS", 30)
"""How long a job may take to save when its worker is asked to end."""
DISK_RESERVE = env.number("DISK_RESERVE_MB", 1024) * 1024 * 1024
"""Bytes that must stay free on STUDIO_HOME for a run to be launched."""
LEASE_HEARTBEAT_SECONDS = env.number("LEASE_HEARTBEAT_SECONDS", 10)
LEASE_DEAD_AFTER_SECONDS = env.number("LEASE_DEAD_AFTER_SECONDS", 45)
REANNOUNCE_SECONDS = env.number("REANNOUNCE_SECONDS", 15)
CELERY_BEAT_SCHEDULE = {
    "reannounce": {
        "task": "training.tasks.reannounce",
        "schedule": REANNOUNCE_SECONDS,
        "options": {"expires": REANNOUNCE_SECONDS},  # the next one is due; don't let them pile up
    },
    "look_after_searches": {
        "task": "evaluation.search.tasks.look_after",
        "schedule": REANNOUNCE_SECONDS,
        "options": {"expires": REANNOUNCE_SECONDS},
    },
    "score_waiting": {"task": "evaluation.tasks.score_waiting", "schedule": 60.0},
    "look_after_imports": {"task": "authoring.tasks.look_after_imports", "schedule": 60.0},
    "sweep": {"task": "instructstudio.tasks.sweep", "schedule": 3600.0},
}

# --- where exports can be pushed to ---------------------------------------------------------
HUB_ENDPOINT = env.address("HUB_ENDPOINT")
"""A model hub, such as https://huggingface.co; empty: none. Its HUB_TOKEN is for the light worker."""
S3_BUCKET = env.text("S3_BUCKET")
"""Empty: none. Keys are AWS's own variables, for the light worker."""
S3_PREFIX = env.text("S3_PREFIX").strip("/")
S3_ENDPOINT = env.address("S3_ENDPOINT")
"""Of a service other than Amazon's."""
S3_REGION = env.text("AWS_REGION") or env.text("AWS_DEFAULT_REGION", "us-east-1")

# --- people -------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
EMAIL_HOST = env.text("EMAIL_HOST")
EMAIL_PORT = env.number("EMAIL_PORT", 587)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_USE_TLS", True)
EMAIL_TIMEOUT = 20
"""Seconds; without one a silent server would be waited for without end."""
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "studio@localhost")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "instructstudio.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- static files -------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- limits -------------------------------------------------------------------------------
UPLOAD_LIMIT = 200 * 1024 * 1024
"""Bytes of one uploaded file."""
FIELD_LIMIT = 1024 * 1024
"""Bytes of one text field of a pair."""
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
"""Bytes of a request without a file."""
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
RETENTION_DAYS = {
    "logs": env.number("RETENTION_LOG_DAYS", 90),
    "imports": env.number("RETENTION_IMPORT_DAYS", 30),
    "idempotency": 2,
    "links": 30,
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
"""In memory, each of the web server's processes its own: they count rates, each for itself."""

# --- security -----------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
HTTPS = env.flag("HTTPS", PRODUCTION)
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

METRICS_TOKEN = env.text("METRICS_TOKEN")

# --- REST ---------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "authoring.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PAGINATION_CLASS": "authoring.api.pagination.Pages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "authoring.api.parsing.StrictJSONParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "instructstudio.problems.handler",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.UserRateThrottle",
        "rest_framework.throttling.AnonRateThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.text("API_RATE", "1200/min"),
        "anon": "60/min",
        "wrong_password_of_one": "20/hour",
        "wrong_password_from_one": "60/hour",
        "lost_password_of_one": "5/hour",
        "lost_password_from_one": "30/hour",
    },
    "NUM_PROXIES": env.number("PROXIES", 1 if PRODUCTION else 0),
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "InstructStudio",
    "VERSION": "1",
    "DESCRIPTION": "Write, review, train, evaluate. /api/v1 only ever gains fields. A POST with an "
    "`Idempotency-Key` is done once. What has an `ETag` is changed with `If-Match` as you saw it, or not at all. "
    "Errors are problem details (RFC 9457) with a `remedy`.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "PairState": "authoring.states.PairState",
        "ImportState": "authoring.states.ImportState",
        "JobState": "training.states.JobState",
        "DestinationSlug": "training.models.push.Destination",
        "FormEnum": "training.models.export.Form",
        "SearchState": "evaluation.search.states.SearchState",
        "TrialState": "evaluation.search.states.TrialState",
        "MemberRole": "authoring.permissions.Role",
    },
}

# --- logs ---------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "ids": {"()": "instructstudio.logs.Ids"},
        "safe_paths": {"()": "instructstudio.logs.SafePaths"},
    },
    "formatters": {
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s %(job_id)s",
        },
        "plain": {"format": "%(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["ids", "safe_paths"],
            "formatter": env.text("LOG_FORMAT", "json" if PRODUCTION else "plain"),
        }
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "django.db.backends": {"level": "INFO"},
        "django.request": {"filters": ["safe_paths"]},
    },
}
