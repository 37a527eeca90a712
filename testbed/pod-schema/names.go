package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
)

// unnamed is the name of a field that no Go struct has: the JSON of its message is its own.
const unnamed = "?"

// jsonNames are the names that fields have in JSON, by message and number, from the Go types that
// a generated.proto was made of; the file itself does not tell which members are inlined.
func jsonNames(folder string) (map[string]map[int]string, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		return nil, err
	}
	names := map[string]map[int]string{}
	for _, path := range paths {
		base := filepath.Base(path)
		if strings.HasSuffix(base, "_test.go") || strings.Contains(base, "generated") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		ast.Inspect(file, func(node ast.Node) bool {
			declared, isType := node.(*ast.TypeSpec)
			if !isType {
				return true
			}
			if structure, isStruct := declared.Type.(*ast.StructType); isStruct {
				names[declared.Name.Name] = tagged(structure)
			}
			return false
		})
	}
	return names, nil
}

func tagged(structure *ast.StructType) map[int]string {
	names := map[int]string{}
	for _, member := range structure.Fields.List {
		if member.Tag == nil {
			continue
		}
		raw, err := strconv.Unquote(member.Tag.Value)
		if err != nil {
			continue
		}
		parts := strings.Split(reflect.StructTag(raw).Get("protobuf"), ",")
		if len(parts) < 2 {
			continue
		}
		number, err := strconv.Atoi(parts[1])
		if err != nil {
			continue
		}
		name, _, _ := strings.Cut(reflect.StructTag(raw).Get("json"), ",")
		if name == "" && len(member.Names) > 0 {
			name = member.Names[0].Name // as encoding/json does
		}
		names[number] = name
	}
	return names
}
