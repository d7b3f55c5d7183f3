#!/bin/bash
# Starts MirrorMaker 2 in dedicated mode: connect-mirror-maker.sh [-daemon] FILE.properties
set -euo pipefail
here=$(dirname "$0")
[ -n "${KAFKA_LOG4J_OPTS:-}" ] || export KAFKA_LOG4J_OPTS="-Dlog4j2.configurationFile=$here/../config/connect-log4j2.yaml"
[ -n "${KAFKA_HEAP_OPTS:-}" ] || export KAFKA_HEAP_OPTS="-Xmx512m -Xms256m"
[ -n "${KAFKA_JVM_PERFORMANCE_OPTS:-}" ] || export KAFKA_JVM_PERFORMANCE_OPTS="-server -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError"
options=()
if [ "${1:-}" = -daemon ]; then options=(-daemon); shift; fi
exec "$here/kafka-run-class.sh" "${options[@]}" org.apache.kafka.connect.mirror.MirrorMaker "$@"
