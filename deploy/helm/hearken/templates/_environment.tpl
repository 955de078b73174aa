{{/* A value as the services read it: whole numbers without an exponent, lists with commas. */}}
{{- define "hearken.value" -}}
{{- if kindIs "slice" . }}{{ join "," . }}
{{- else if and (kindIs "float64" .) (eq (float64 (int64 .)) .) }}{{ int64 . }}
{{- else }}{{ . }}{{ end -}}
{{- end }}

{{/* kafka.drain_timeout_ms becomes HEARKEN_KAFKA__DRAIN_TIMEOUT_MS. */}}
{{- define "hearken.variables" -}}
{{- range $key, $value := . }}
HEARKEN_{{ $key | replace "." "__" | upper }}: {{ include "hearken.value" $value | quote }}
{{- end }}
{{- end }}

{{/* How to reach Kafka and, for those who do, ClickHouse. Secrets are named as files. Takes root, part and user. */}}
{{- define "hearken.connections" -}}
{{- $kafka := .root.Values.kafka }}
{{- $keys := .root.Values.secret.keys }}
HEARKEN_KAFKA__BROKERS: {{ required "kafka.brokers: say where Kafka is" $kafka.brokers | quote }}
HEARKEN_KAFKA__SECURITY: {{ $kafka.security | quote }}
{{- if hasPrefix "sasl" $kafka.security }}
HEARKEN_KAFKA__SASL_MECHANISM: {{ $kafka.saslMechanism | quote }}
HEARKEN_KAFKA__USER: {{ required "kafka.user: say who logs in" $kafka.user | quote }}
{{- $_ := required "secret.keys.kafkaPassword: say under which key the password is" $keys.kafkaPassword }}
HEARKEN_KAFKA__PASSWORD_FILE: /run/secrets/kafka-password
{{- end }}
{{- if hasSuffix "tls" $kafka.security }}
{{- if $keys.kafkaCa }}
HEARKEN_KAFKA__CA_FILE: /run/secrets/kafka-ca
{{- end }}
{{- if $keys.kafkaCertificate }}
HEARKEN_KAFKA__CERTIFICATE_FILE: /run/secrets/kafka-certificate
HEARKEN_KAFKA__KEY_FILE: /run/secrets/kafka-key
{{- end }}
{{- end }}
{{- if .user }}
HEARKEN_CLICKHOUSE__URL: {{ required "clickhouse.url: say where ClickHouse is" .root.Values.clickhouse.url | quote }}
HEARKEN_CLICKHOUSE__USER: {{ .user | quote }}
HEARKEN_CLICKHOUSE__PASSWORD_FILE: /run/secrets/clickhouse-password
{{- if $keys.clickhouseCa }}
HEARKEN_CLICKHOUSE__CA_FILE: /run/secrets/clickhouse-ca
{{- end }}
{{- end }}
{{- end }}

{{/* What a service is told by the other values. Takes root and part. */}}
{{- define "hearken.derived" -}}
{{- $values := .root.Values }}
{{- $user := ternary $values.clickhouse.user "" (has .part (list "sink" "alert")) }}
{{- include "hearken.connections" (dict "root" .root "user" $user) }}
HEARKEN_HTTP__LISTEN: 0.0.0.0:9600
HEARKEN_KAFKA__DRAIN_TIMEOUT_MS: {{ include "hearken.value" $values.drainTimeoutMs | quote }}
{{- if eq .part "ingest" }}
HEARKEN_INGEST__PSEUDONYM_KEY_FILE: /run/secrets/pseudonym-key
{{- with $values.files.catalog }}
HEARKEN_INGEST__CATALOG: /etc/hearken/{{ . }}
{{- end }}
{{- end }}
{{- if eq .part "sink" }}
{{- with $values.clickhouse.shards }}
HEARKEN_CLICKHOUSE__SHARDS: {{ include "hearken.value" . | quote }}
{{- end }}
{{- end }}
{{- if eq .part "alert" }}
HEARKEN_ALERT__LISTEN: 0.0.0.0:8090
HEARKEN_ALERT__LINK_SECRET_FILE: /run/secrets/link-secret
{{- $host := ternary (printf "https://%s" $values.ingress.host) "" (and $values.ingress.enabled (ne $values.ingress.host "")) }}
{{- with $values.alert.publicUrl | default $host }}
HEARKEN_ALERT__PUBLIC_URL: {{ . | quote }}
{{- end }}
{{- with $values.files.responders }}
HEARKEN_ALERT__RESPONDERS: /etc/hearken/{{ . }}
{{- end }}
{{- if $values.secret.keys.tokens }}
HEARKEN_ALERT__TOKENS: /run/secrets/tokens
{{- end }}
{{- end }}
{{- end }}

{{/* All of a service's variables: its own settings before those of all, both before what follows from other values. */}}
{{- define "hearken.environment" -}}
{{- $settings := merge (dict) (index .root.Values .part).settings .root.Values.settings }}
{{- merge (include "hearken.variables" $settings | fromYaml) (include "hearken.derived" . | fromYaml) | toYaml }}
{{- end }}
