#!/bin/bash
# Measures, so it gets the compiler and the memory of a long run.
[ -n "${KAFKA_HEAP_OPTS:-}" ] || export KAFKA_HEAP_OPTS=-Xmx512m
[ -n "${KAFKA_JVM_PERFORMANCE_OPTS:-}" ] || export KAFKA_JVM_PERFORMANCE_OPTS="-server -XX:+UseG1GC"
exec "$(dirname "$0")/kafka-run-class.sh" org.apache.kafka.tools.ConsumerPerformance "$@"
