"""The Flask application: everything is built here, once, from the environment."""

import os
from collections.abc import Callable, Mapping

from flask import Flask
from flask_migrate import Migrate

import app.storage.models  # noqa: F401  (the tables register themselves)
from app.base.clock import Clock
from app.base.config import Config, read
from app.base.keys import with_keys
from app.storage.database import db, engine_options
from app.storage.schema import MIGRATIONS, upgrade_engine
from app.storage.services import Services
from app.uis.doors import blueprint as uis_doors
from app.web import api, commands, files, headers, logs, operations, problems
from app.web.background import build_dispatcher, build_services
from app.web.broker import build_celery, connect_broker
from app.web.desk.watch import Watch
from app.web.first_steps import FIRST_STEPS
from app.web.keeper import Keeper
from app.web.portals import Portals
from app.web.sessionless import Sessionless
from bitrix_app import doors as bitrix_doors
from bitrix_app.runtime import DIRECTORIES

MOST_BYTES = 1_000_000
# Threads that serve, drain and do chores; none of them keeps a connection for long.
POOL = {"pool_size": 20, "max_overflow": 20}


def create_app(env: Mapping[str, str] = os.environ, clock: Clock | None = None) -> Flask:
    """Build the application. Raises ConfigurationError naming every variable that is wrong.

    In the embedded mode the database is brought to head. `extensions["omni"]` is the Services,
    `extensions["omni.start"]()` begins what runs beside the requests and returns the function that ends it.
    """
    config = with_keys(read(env))
    logs.configure(config.log_level)
    flask = Flask(__name__, static_folder=None)
    flask.config.update(
        MAX_CONTENT_LENGTH=MOST_BYTES,
        MAX_FORM_MEMORY_SIZE=MOST_BYTES,
        PROPAGATE_EXCEPTIONS=False,
        SECRET_KEY=config.secret_keys[0],
    )
    _connect_database(flask, config)
    with flask.app_context():
        engine = db.engine
    services = build_services(config, engine, clock)
    if config.embedded:
        upgrade_engine(engine)
    else:
        celery = build_celery(config)
        connect_broker(services, celery)
    portals = Portals(services)
    flask.extensions["omni"] = services
    flask.extensions["omni.portals"] = portals
    watch = Watch(services)
    services.wake.watch(watch.nudge)
    flask.extensions["omni.watch"] = watch
    flask.extensions["omni.start"] = _starter(services, portals, watch)
    flask.session_interface = Sessionless()
    headers.install(flask)
    problems.install(flask)
    flask.extensions[DIRECTORIES] = FIRST_STEPS
    for blueprint in (api.blueprint, operations.blueprint, files.blueprint, uis_doors):
        flask.register_blueprint(blueprint)
    bitrix_doors.install(flask)
    commands.install(flask)
    return flask


def _connect_database(flask: Flask, config: Config) -> None:
    config.instance_path.mkdir(parents=True, exist_ok=True)
    url = config.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    # An error of the database shows its parameters otherwise: names and phones of clients.
    options = POOL | engine_options(url) | {"hide_parameters": True}
    flask.config.update(SQLALCHEMY_DATABASE_URI=url, SQLALCHEMY_ENGINE_OPTIONS=options)
    db.init_app(flask)
    Migrate(flask, db, directory=str(MIGRATIONS))


def _starter(services: Services, portals: Portals, watch: Watch) -> Callable[[], Callable[[], None]]:
    def start() -> Callable[[], None]:
        keeper = Keeper(services, portals)
        keeper.start()
        dispatcher = build_dispatcher(services, portals) if services.config.embedded else None
        if dispatcher:
            dispatcher.start()

        def stop() -> None:
            if dispatcher:
                dispatcher.stop()
            keeper.stop()
            watch.stop()

        return stop

    return start
