# pixelproof and Chromium, for CI systems that run containers:
#   docker build -t pixelproof .
#   docker run --rm --init --shm-size 1g --security-opt seccomp=unconfined \
#     -v "$PWD:/work" pixelproof run --output out
# Chromium's sandbox needs user namespaces, which Docker's own seccomp profile
# forbids; `sandbox = false` in pixelproof.toml does without both.
FROM rust:1-bookworm AS build
WORKDIR /source
COPY . .
RUN cargo build --release --locked

FROM debian:bookworm-slim
# Debian's stable release has one Chromium, the patched one; a pinned version
# would be gone with the next patch.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates chromium fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 pixelproof
COPY --from=build /source/target/release/pixelproof /usr/local/bin/pixelproof
ENV PIXELPROOF_CHROME=/usr/bin/chromium
# By number, so that Kubernetes can see that it is not root.
USER 10001
WORKDIR /work
ENTRYPOINT ["pixelproof"]
CMD ["--help"]
