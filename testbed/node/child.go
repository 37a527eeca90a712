package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const tailLines = 15

// child is a running part of the node. None is ever stopped: all end with process 1.
type child struct {
	name   string
	log    string
	exit   error
	output *bufio.Reader // its standard output, if that was asked for
}

// family is all children. Any end is the end of the node.
type family struct {
	o    options
	died chan *child
}

// start runs a program of our folder, its output in a log. One that is asked for its output
// also gets a standard input that never ends.
func (f *family) start(program string, piped bool, flags ...string) (*child, error) {
	name := filepath.Base(program)
	c := &child{name: name, log: f.o.path("log", name+".log")}
	log, err := os.Create(c.log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	command := exec.Command(program, flags...)
	command.Stdout, command.Stderr = log, log
	var input io.Closer
	if piped {
		command.Stdout = nil
		output, err := command.StdoutPipe()
		if err != nil {
			return nil, err
		}
		if input, err = command.StdinPipe(); err != nil {
			return nil, err
		}
		c.output = bufio.NewReader(output)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%w (testbed/node/build makes the programs)", err)
	}
	go func() {
		state, err := command.Process.Wait() // not command.Wait, which would close the pipes
		if err == nil && !state.Success() {
			err = errors.New(state.String())
		}
		c.exit = err
		if input != nil {
			input.Close()
		}
		f.died <- c
	}()
	return c, nil
}

// failure describes a child that ended.
func (c *child) failure() error {
	status := "exit status 0"
	if c.exit != nil {
		status = c.exit.Error()
	}
	return fmt.Errorf("%s died: %s\n%s", c.name, status, c.tail())
}

// tail is the end of the log, under a line that names the file.
func (c *child) tail() string {
	text, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	lines = lines[max(0, len(lines)-tailLines):]
	return fmt.Sprintf("--- end of %s\n%s", c.log, bytes.Join(lines, []byte("\n")))
}

// command runs a program to its end.
func command(program string, args ...string) error {
	said, err := exec.Command(program, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(program), strings.Join(args, " "), err, bytes.TrimSpace(said))
	}
	return nil
}
