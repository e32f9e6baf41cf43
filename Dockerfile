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
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates chromium fonts-liberation \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 pixelproof
COPY --from=build /source/target/release/pixelproof /usr/local/bin/pixelproof
ENV PIXELPROOF_CHROME=/usr/bin/chromium
USER pixelproof
WORKDIR /work
ENTRYPOINT ["pixelproof"]
CMD ["--help"]
