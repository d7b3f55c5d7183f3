#!/bin/bash
# Runs one class of /opt/kafka/libs: kafka-run-class.sh [-daemon] [-name NAME] [-loggc] CLASS ARGUMENT...
# Reads the variables that the scripts of an Apache Kafka release read.
set -euo pipefail
base=$(cd "$(dirname "$0")/.." && pwd)

daemon=
while [ $# -gt 0 ]; do
  case $1 in
    -daemon) daemon=yes; shift ;;
    -name) shift 2 ;;
    -loggc) shift ;;
    *) break ;;
  esac
done
[ $# -gt 0 ] || { echo "usage: $0 [-daemon] [-name NAME] [-loggc] CLASS ARGUMENT..." >&2; exit 1; }

logs=${LOG_DIR:-$base/logs}
read -r -a options <<<"${KAFKA_HEAP_OPTS:--Xmx256m} ${KAFKA_JVM_PERFORMANCE_OPTS:--server -XX:+UseSerialGC -XX:TieredStopAtLevel=1} \
  ${KAFKA_JMX_OPTS:-} ${KAFKA_LOG4J_OPTS:--Dlog4j2.configurationFile=$base/config/tools-log4j2.yaml} ${KAFKA_OPTS:-}"
command=("${JAVA_HOME:+$JAVA_HOME/bin/}java" "${options[@]}" -Djava.awt.headless=true "-Dkafka.logs.dir=$logs"
  -cp "$base/libs/*${CLASSPATH:+:$CLASSPATH}" "$@")

if [ -n "$daemon" ]; then
  mkdir -p "$logs"
  nohup "${command[@]}" >"$logs/daemon.out" 2>&1 </dev/null &
else
  exec "${command[@]}"
fi
