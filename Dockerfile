# For systems other than Debian 12: the same two commands. Build once, then
#   docker run --rm -p 8080:8080 pith            serves the page
#   docker run --rm pith npm test                runs every test
FROM debian:12
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates curl xz-utils git && rm -rf /var/lib/apt/lists/*
COPY --from=node:20-bookworm-slim /usr/local /usr/local
WORKDIR /pith
COPY . .
RUN npm run setup -- --tests
# Inside a container the port is reached from outside.
ENV HOST=0.0.0.0
EXPOSE 8080
CMD ["npm", "start"]
