{{- define "hearken.fullname" -}}
{{- if contains "hearken" .Release.Name }}{{ .Release.Name | trunc 45 | trimSuffix "-" }}{{ else }}{{ printf "%s-hearken" .Release.Name | trunc 45 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{/* What selects the pods of a part; never changes in the life of a release. Takes root and part. */}}
{{- define "hearken.selector" -}}
app.kubernetes.io/name: hearken
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "hearken.labels" -}}
{{ include "hearken.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "hearken.image" -}}
{{- $program := ternary "hearken" (printf "hearken-%s" .part) (eq .part "set-up") -}}
{{ required "image.registry: say where the images are" .root.Values.image.registry }}/{{ $program }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end }}
