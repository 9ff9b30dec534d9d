// composeyaml reads Compose files (one a line, base64) and prints a line of JSON for each: the images that `docker
// compose` would run by service (compose-go, which is its loader), and those that yaml.v3 sees in each document.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/sirupsen/logrus"
	yaml "go.yaml.in/yaml/v3"
)

// use is an image that a service runs or mounts.
type use struct {
	Service string `json:"service"`
	Image   string `json:"image"`
}

// container adds what a container runs and mounts.
func container(name string, spec types.ContainerSpec, out *[]use) {
	if spec.Image != "" {
		*out = append(*out, use{name, spec.Image})
	}
	for _, volume := range spec.Volumes {
		if volume.Type == types.VolumeTypeImage && volume.Source != "" {
			*out = append(*out, use{name, volume.Source})
		}
	}
}

// built leaves the image out that is built and not pulled.
func built(spec types.ContainerSpec, build *types.BuildConfig) types.ContainerSpec {
	if build != nil {
		spec.Image = ""
	}
	return spec
}

// compose is what `docker compose` reads. Variables stay as they are, and no file but this one is read.
func compose(data []byte) ([]use, error) {
	details := types.ConfigDetails{
		WorkingDir:  "/nonexistent",
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: data}},
		Environment: map[string]string{},
	}
	project, err := loader.LoadWithContext(context.Background(), details, func(options *loader.Options) {
		options.SetProjectName("project", true)
		options.SkipInterpolation = true
		options.SkipInclude = true
		options.SkipConsistencyCheck = true
		options.SkipResolveEnvironment = true
		options.SkipResolveLabels = true
		options.Profiles = []string{"*"}
	})
	if err != nil {
		return nil, err
	}
	var out []use
	for name, service := range project.AllServices() {
		container(name, built(service.ContainerSpec, service.Build), &out)
		for _, hook := range service.PreStart {
			// A hook without an image of its own runs the service's.
			if hook.Image == service.Image {
				hook.Image = ""
			}
			container(name, hook.ContainerSpec, &out)
		}
	}
	for name, job := range project.Jobs {
		container(name, built(job.ContainerSpec, job.Build), &out)
	}
	return out, nil
}

// plain is what yaml.v3 reads, document by document, with nothing merged.
func plain(data []byte) ([]use, error) {
	var out []use
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var document any
		if err := decoder.Decode(&document); err != nil {
			if err == io.EOF {
				return out, nil
			}
			return out, err
		}
		for _, list := range []string{"services", "jobs"} {
			for name, service := range members(members(document)[list]) {
				one(name, members(service), &out)
			}
		}
	}
}

// one adds what a service runs and mounts.
func one(name string, service map[string]any, out *[]use) {
	image, ok := service["image"].(string)
	if ok && image != "" && service["build"] == nil {
		*out = append(*out, use{name, image})
	}
	volumes, _ := service["volumes"].([]any)
	for _, volume := range volumes {
		members := members(volume)
		if source, ok := members["source"].(string); ok && source != "" && members["type"] == "image" {
			*out = append(*out, use{name, source})
		}
	}
	hooks, _ := service["pre_start"].([]any)
	for _, hook := range hooks {
		one(name, members(hook), out)
	}
}

// members are those of a mapping whose names are texts.
func members(value any) map[string]any {
	switch value := value.(type) {
	case map[string]any:
		return value
	case map[any]any:
		texts := map[string]any{}
		for name, member := range value {
			if text, ok := name.(string); ok {
				texts[text] = member
			}
		}
		return texts
	}
	return nil
}

// guarded turns a panic of a reader into its error.
func guarded(read func([]byte) ([]use, error), data []byte) (uses []use, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			uses, err = nil, fmt.Errorf("panic: %v", cause)
		}
	}()
	return read(data)
}

func main() {
	logrus.SetOutput(io.Discard)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		data, _ := base64.StdEncoding.DecodeString(line[:len(line)-1])
		out := map[string]any{}
		for name, read := range map[string]func([]byte) ([]use, error){"compose": compose, "plain": plain} {
			uses, err := guarded(read, data)
			if uses == nil {
				uses = []use{}
			}
			out[name] = uses
			if err != nil {
				out[name+"Error"] = err.Error()
			}
		}
		text, _ := json.Marshal(out)
		fmt.Println(string(text))
	}
}
