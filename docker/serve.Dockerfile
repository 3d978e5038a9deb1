# syntax=docker/dockerfile:1
# autograder serve in a container, over the image of docker/Dockerfile. From the repository's root:
#   docker build -f docker/Dockerfile -t autograder .
#   docker build -f docker/serve.Dockerfile -t autograder-serve .
#   docker run --init --restart on-failure \
#       -v /srv/nbgrader/course:/course -v /srv/nbgrader/exchange:/srv/nbgrader/exchange \
#       -v /srv/nbgrader/site:/etc/jupyter:ro --user "$(id -u grader)" autograder-serve
# The user must own the course directory; where owners of submissions are checked, the container needs
# the machine's accounts as well (-v /etc/passwd:/etc/passwd:ro). What its walls are is up to what it
# may do: see docs/platforms.md; `docker run --rm autograder doctor` tells.

FROM autograder
USER root
RUN mkdir /course && chown grader /course
USER grader
WORKDIR /course
STOPSIGNAL SIGTERM
ENTRYPOINT ["autograder", "serve"]
CMD []
