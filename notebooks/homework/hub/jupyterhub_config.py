"""JupyterHub for a class: `jupyterhub -f hub/jupyterhub_config.py`, started in the course's folder.

Everyone gets a JupyterLab; nbgrader's exchange hands out and collects the homework.
"""

import os
from pathlib import Path

c = get_config()  # noqa: F821

HERE = Path(__file__).resolve().parent
COURSE = HERE.parent
PLACE = Path(os.environ.get("CNNLAB_HUB", COURSE / "hub-data"))  # the hub's own files, all of them
LECTURERS = {"lecturer"}

exchange = PLACE / "exchange"
exchange.mkdir(parents=True, exist_ok=True)
exchange.chmod(0o777)  # nbgrader asks for that: everyone hands in there
c.JupyterHub.db_url = f"sqlite:///{PLACE}/jupyterhub.sqlite"
c.JupyterHub.cookie_secret_file = f"{PLACE}/cookie_secret"
c.ConfigurableHTTPProxy.pid_file = f"{PLACE}/proxy.pid"
c.JupyterHub.bind_url = "http://127.0.0.1:8000"  # this machine only; others need HTTPS

# A trial: one password for all learners, one for lecturers, and one account of the system, in
# which learners can read each other's files. For a class delete these five lines: then everyone
# logs in with an account of their own on this machine, and the hub has to run as root.
c.JupyterHub.authenticator_class = "shared-password"
c.SharedPasswordAuthenticator.user_password = os.environ["CNNLAB_PASSWORD"]
c.SharedPasswordAuthenticator.admin_password = os.environ["CNNLAB_LECTURERS_PASSWORD"]
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = f"{PLACE}/homes/{{username}}"

c.Authenticator.allow_all = True
c.Authenticator.admin_users = LECTURERS
c.Spawner.default_url = "/lab"


def prepare(spawner):
    """Give a server the settings of a learner or of a lecturer; the first in the path wins."""
    lecturer = spawner.user.name in LECTURERS
    spawner.environment = {
        "JUPYTER_CONFIG_PATH": str(HERE) if lecturer else f"{HERE}/learner:{HERE}",
        "CNNLAB_EXCHANGE": str(exchange),
        "CNNLAB_COURSE": str(COURSE) if lecturer else "",
    }
    if lecturer:  # who grades with settings that have a mistake would grade without a box
        spawner.environment["TRAITLETS_APPLICATION_RAISE_CONFIG_FILE_ERROR"] = "1"
        spawner.notebook_dir = str(COURSE)


c.Spawner.pre_spawn_hook = prepare
