"""nbgrader's settings for everyone on the hub. Those of the course lie in the course's folder."""

import os

c = get_config()  # noqa: F821
c.CourseDirectory.course_id = "cnnlab"
c.Exchange.root = os.environ["CNNLAB_EXCHANGE"]
if course := os.environ["CNNLAB_COURSE"]:
    c.CourseDirectory.root = course
    # Who hands in is who owns the files; in a trial that is the same account for everyone.
    c.ExchangeCollect.check_owner = os.geteuid() != os.stat(os.environ["CNNLAB_EXCHANGE"]).st_uid
else:
    c.CourseDirectory.student_id = os.environ["JUPYTERHUB_USER"]
