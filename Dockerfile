# Quoth in a container: no torch, no root, nothing to be written but /library and /tmp.
#
#   docker build --tag quoth .        # add --build-arg TORCH_INDEX=<url> to take torch from an index of CPU-only wheels
#                                     # --build-arg WEB=false for the HTTP API and MCP alone, without the web app
#   docker run --rm --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#       --volume quoth:/library --publish 127.0.0.1:7860:7860 --env QUOTH_TOKENS=full:<token> quoth
#   docker run --rm --interactive --network none --read-only --tmpfs /tmp --volume quoth:/library quoth mcp
#
# A new volume gets the library of the two bundled articles, which carries its encoder; documents are added to it in the
# browser, or by `docker run ... --volume ./papers:/papers:ro quoth add /papers`.

# All of Quoth, to make the library; nothing of this stage is in the image but that and the wheel.
FROM python:3.12-slim-bookworm AS made
WORKDIR /quoth
COPY . .
ARG TORCH_INDEX=
RUN sh tools/setup.sh run \
    && HF_HUB_OFFLINE=1 .venv/bin/quoth --library /library add corpus/texts \
    && .venv/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheel .

FROM python:3.12-slim-bookworm
ARG WEB=true
ENV HOME=/tmp HF_HUB_OFFLINE=1 PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 QUOTH_LIBRARY=/library QUOTH_WEB=$WEB
RUN --mount=type=bind,from=made,source=/quoth,target=/quoth --mount=type=bind,from=made,source=/wheel,target=/wheel \
    case "$WEB" in true) list=answer ;; false) list=answer-api ;; *) echo "WEB is true or false" >&2; exit 2 ;; esac \
    && python -m pip install --no-cache-dir --no-deps --require-hashes --requirement "/quoth/requirements/$list.txt" \
    && python -m pip install --no-cache-dir --no-deps --no-index /wheel/*.whl
COPY --from=made --chown=10001:10001 /library /library
USER 10001:10001
VOLUME /library
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=5s --start-period=2m --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:7860/healthz', timeout=4)"]
ENTRYPOINT ["quoth"]
CMD ["serve", "--host", "0.0.0.0", "--port", "7860"]
