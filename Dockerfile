# Builds the binary and puts it into an image that holds nothing else but certificates.
# Not run on the machines that build this project: they have no container engine.

FROM denoland/deno:2.9.6 AS build
WORKDIR /src
COPY deno.json deno.lock ./
COPY . .
RUN deno install --frozen && deno task compile

FROM gcr.io/distroless/cc-debian12:nonroot
COPY --from=build /src/dist/keyturn /usr/local/bin/keyturn
# Profile, keys and journal live here: mount a volume that this user may write.
ENV HOME=/home/nonroot LOG_FORMAT=json
USER nonroot
# Exit code 0 only if the service answers with its operator key.
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s CMD ["/usr/local/bin/keyturn", "status"]
# SIGTERM drains for at most 9 s: below the 10 s after which the engine kills.
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/keyturn"]
CMD ["serve"]
