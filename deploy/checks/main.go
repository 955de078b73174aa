// Checks what deploy/ says against those who will read it: compose.yaml by Compose's own loader, the Dockerfile by BuildKit's parser, and the
// rendered manifests by the Go types of Kubernetes, KEDA and the Prometheus operator, strictly: a field that a type does not have is an error.
//
//	go run . ..        (from this directory; deploy/check.sh does that)
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
	keda "github.com/kedacore/keda/v2/apis/keda/v1alpha1"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	prometheus "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	deploy := "."
	if len(os.Args) > 1 {
		deploy = os.Args[1]
	}
	wrong := errors.Join(
		compose(filepath.Join(deploy, "compose.yaml")),
		dockerfile(filepath.Join(deploy, "Dockerfile")),
		manifests(filepath.Join(deploy, "helm", "rendered", "least.yaml")),
		manifests(filepath.Join(deploy, "helm", "rendered", "full.yaml")),
	)
	if wrong != nil {
		fmt.Fprintln(os.Stderr, wrong)
		os.Exit(1)
	}
}

// compose loads the file as `docker compose` does: schema, interpolation, merges, and that what is named is there. Profiles included.
func compose(path string) error {
	options, err := cli.NewProjectOptions([]string{path}, cli.WithProfiles([]string{"*"}), cli.WithResolvedPaths(true))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var wrong []error
	for name, service := range project.Services {
		for _, mount := range service.Volumes {
			if mount.Type == types.VolumeTypeBind {
				if _, err := os.Stat(mount.Source); err != nil {
					wrong = append(wrong, fmt.Errorf("%s: %s mounts what is not there: %w", path, name, err))
				}
			}
		}
	}
	fmt.Printf("%s: %d services, as Compose loads it\n", path, len(project.Services))
	return errors.Join(wrong...)
}

// dockerfile parses every instruction and reports what BuildKit warns of.
func dockerfile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	result, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	var wrong []error
	warn := func(rule, description, _, message string, _ []parser.Range) {
		wrong = append(wrong, fmt.Errorf("%s: %s: %s (%s)", path, rule, message, description))
	}
	stages, _, err := instructions.Parse(result.AST, linter.New(&linter.Config{Warn: warn}))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	fmt.Printf("%s: %d stages, as BuildKit parses it\n", path, len(stages))
	return errors.Join(wrong...)
}

// manifests decodes each document into the type of its kind.
func manifests(path string) error {
	known := runtime.NewScheme()
	if err := errors.Join(scheme.AddToScheme(known), keda.AddToScheme(known), prometheus.AddToScheme(known)); err != nil {
		return err
	}
	decoder := json.NewSerializerWithOptions(json.DefaultMetaFactory, known, known, json.SerializerOptions{Yaml: true, Strict: true})
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	count := 0
	var wrong []error
	for _, document := range strings.Split("\n"+string(text), "\n---\n") {
		if !strings.Contains(document, "kind:") {
			continue
		}
		count++
		if _, kind, err := decoder.Decode([]byte(document), nil, nil); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %v: %w", path, kind, err))
		}
	}
	fmt.Printf("%s: %d objects, each of its type\n", path, count)
	return errors.Join(wrong...)
}
