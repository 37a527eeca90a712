package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
)

// registered adds the kinds that a library registers, each with its group, whatever their version.
// Lists of them go without saying.
func (t table) registered(minor int, root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "register.go" || strings.Contains(path, "testapigroup") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		group, kinds := "", []string{}
		ast.Inspect(file, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.ValueSpec:
				if node.Names[0].Name == "GroupName" {
					group, err = strconv.Unquote(node.Values[0].(*ast.BasicLit).Value)
				}
			case *ast.CallExpr:
				kinds = append(kinds, known(node)...)
			}
			return err == nil
		})
		for _, kind := range kinds {
			line := strings.TrimPrefix(group+"/"+kind, "/")
			if had := t[line]; len(had) == 0 || had[len(had)-1] != minor {
				t[line] = append(had, minor)
			}
		}
		return err
	})
}

// known are the names of types that a call of AddKnownTypes registers.
func known(call *ast.CallExpr) []string {
	if function, is := call.Fun.(*ast.SelectorExpr); !is || function.Sel.Name != "AddKnownTypes" {
		return nil
	}
	var names []string
	for _, argument := range call.Args[1:] {
		pointer, isPointer := argument.(*ast.UnaryExpr)
		if !isPointer {
			continue
		}
		literal, isLiteral := pointer.X.(*ast.CompositeLit)
		if !isLiteral {
			continue
		}
		name, isName := literal.Type.(*ast.Ident)
		if isName && (name.Name == "List" || !strings.HasSuffix(name.Name, "List")) {
			names = append(names, name.Name)
		}
	}
	return names
}
