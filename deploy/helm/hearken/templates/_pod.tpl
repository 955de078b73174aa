{{/* The keys of the Secret that a part may see, as files below /run/secrets. */}}
{{- define "hearken.secretItems" -}}
{{- $keys := .root.Values.secret.keys }}
{{- $kafka := .root.Values.kafka }}
{{- if hasPrefix "sasl" $kafka.security }}
- { key: {{ $keys.kafkaPassword }}, path: kafka-password }
{{- end }}
{{- if hasSuffix "tls" $kafka.security }}
{{- with $keys.kafkaCa }}
- { key: {{ . }}, path: kafka-ca }
{{- end }}
{{- with $keys.kafkaCertificate }}
- { key: {{ . }}, path: kafka-certificate }
- { key: {{ required "secret.keys.kafkaKey: belongs to the certificate" $keys.kafkaKey }}, path: kafka-key }
{{- end }}
{{- end }}
{{- if eq .part "ingest" }}
- { key: {{ required "secret.keys.pseudonymKey: ingest needs it" $keys.pseudonymKey }}, path: pseudonym-key }
{{- end }}
{{- if has .part (list "sink" "alert" "set-up") }}
- { key: {{ ternary $keys.clickhouseOwnerPassword $keys.clickhousePassword (eq .part "set-up") }}, path: clickhouse-password }
{{- with $keys.clickhouseCa }}
- { key: {{ . }}, path: clickhouse-ca }
{{- end }}
{{- end }}
{{- if eq .part "alert" }}
- { key: {{ required "secret.keys.linkSecret: the alert service needs it" $keys.linkSecret }}, path: link-secret }
{{- with $keys.tokens }}
- { key: {{ . }}, path: tokens }
{{- end }}
{{- end }}
{{- end }}

{{- define "hearken.volumes" -}}
{{- with include "hearken.secretItems" . | trim }}
- name: secrets
  secret:
    secretName: {{ $.root.Values.secret.name }}
    defaultMode: 0440
    items: {{- . | nindent 6 }}
{{- end }}
{{- with .root.Values.files.configMap }}
- name: files
  configMap:
    name: {{ . }}
{{- end }}
{{- end }}

{{- define "hearken.mounts" -}}
{{- if include "hearken.secretItems" . | trim }}
- { name: secrets, mountPath: /run/secrets, readOnly: true }
{{- end }}
{{- if .root.Values.files.configMap }}
- { name: files, mountPath: /etc/hearken, readOnly: true }
{{- end }}
{{- end }}

{{- define "hearken.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "hearken.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Where the pods of a part may run. */}}
{{- define "hearken.placement" -}}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* The pod of a service. Takes root and part. */}}
{{- define "hearken.pod" -}}
{{- $own := index .root.Values .part }}
{{- $name := printf "%s-%s" (include "hearken.fullname" .root) .part }}
metadata:
  labels: {{- include "hearken.labels" . | nindent 4 }}
  annotations:
    # A pod reads its settings once: other settings make another pod.
    checksum/settings: {{ include "hearken.environment" . | sha256sum }}
    {{- with .root.Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  # The drain, then what a stop does after it: 15 seconds at most; a pause before, for who still sends requests; the rest is room.
  terminationGracePeriodSeconds: {{ add (div (int64 .root.Values.drainTimeoutMs) 1000) 25 }}
  securityContext: {{- include "hearken.podSecurity" . | nindent 4 }}
  {{- with include "hearken.placement" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "hearken.selector" . | nindent 10 }}
  containers:
    - name: {{ .part }}
      image: {{ include "hearken.image" . }}
      imagePullPolicy: {{ .root.Values.image.pullPolicy }}
      envFrom:
        - configMapRef: { name: {{ $name }} }
        {{- if and (eq .part "alert") .root.Values.alert.respondersSecret }}
        - secretRef: { name: {{ .root.Values.alert.respondersSecret }} }
        {{- end }}
      {{- if eq .part "sink" }}
      env:
        # A StatefulSet never runs two pods of one name, so the name can be the member's.
        - name: HEARKEN_KAFKA__INSTANCE_ID
          valueFrom: { fieldRef: { fieldPath: metadata.name } }
      {{- end }}
      ports:
        - { name: http, containerPort: 9600 }
        {{- if eq .part "alert" }}
        - { name: api, containerPort: 8090 }
        {{- end }}
      startupProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 2
        failureThreshold: 30
      livenessProbe:
        httpGet: { path: /livez, port: http }
        periodSeconds: 10
        timeoutSeconds: 5
      readinessProbe:
        httpGet: { path: /readyz, port: http }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      {{- if eq .part "alert" }}
      lifecycle:
        # Until nobody sends requests here any more.
        preStop: { sleep: { seconds: 5 } }
      {{- end }}
      resources: {{- toYaml $own.resources | nindent 8 }}
      securityContext: {{- include "hearken.containerSecurity" . | nindent 8 }}
      {{- with include "hearken.mounts" . | trim }}
      volumeMounts: {{- . | nindent 8 }}
      {{- end }}
  {{- with include "hearken.volumes" . | trim }}
  volumes: {{- . | nindent 4 }}
  {{- end }}
{{- end }}
