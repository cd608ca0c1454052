// go-collectd as a sender and as a receiver, for the interop tests.
//
//	interop send    none|sign|encrypt HOST:PORT [USER PASSWORD]   value lists from stdin, see ../lists.h
//	interop receive none|sign|encrypt [AUTHFILE]                  prints "port N", then value lists
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"

	"collectd.org/api"
	"collectd.org/cdtime"
	"collectd.org/network"
)

var levels = map[string]network.SecurityLevel{"none": network.None, "sign": network.Sign, "encrypt": network.Encrypt}

func main() {
	if len(os.Args) < 3 {
		log.Fatal("too few arguments")
	}
	level, known := levels[os.Args[2]]
	if !known {
		log.Fatalf("unknown level %q", os.Args[2])
	}
	rest := append(os.Args[3:], "", "", "")
	var err error
	if os.Args[1] == "send" {
		err = send(level, rest[0], rest[1], rest[2])
	} else {
		err = receive(level, rest[0])
	}
	if err != nil {
		log.Fatal(err)
	}
}

func send(level network.SecurityLevel, to, user, password string) error {
	options := network.ClientOptions{SecurityLevel: level, Username: user, Password: password}
	client, err := network.Dial(to, options)
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		list, err := parse(lines.Text())
		if err != nil {
			return err
		}
		if err := client.Write(context.Background(), list); err != nil {
			return fmt.Errorf("%v: %v", list.Identifier, err)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return client.Close()
}

func receive(level network.SecurityLevel, authFile string) error {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	server := &network.Server{Conn: conn, Writer: &printer{}, SecurityLevel: level}
	if authFile != "" {
		server.PasswordLookup = network.NewAuthFile(authFile)
	}
	fmt.Printf("port %d\n", conn.LocalAddr().(*net.UDPAddr).Port)
	return server.ListenAndWrite(context.Background())
}

// The server calls it from several goroutines.
type printer struct{ lock sync.Mutex }

func (p *printer) Write(_ context.Context, list *api.ValueList) error {
	p.lock.Lock()
	defer p.lock.Unlock()
	kinds, bits := "", ""
	for _, value := range list.Values {
		kind, number := split(value)
		kinds += kind
		bits += fmt.Sprintf("%016x", number)
	}
	id := list.Identifier
	_, err := fmt.Printf("v\t%d\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", uint64(cdtime.New(list.Time)),
		uint64(cdtime.NewDuration(list.Interval)), id.Host, id.Plugin, id.PluginInstance, id.Type, id.TypeInstance, kinds, bits)
	return err
}

func split(value api.Value) (string, uint64) {
	switch value := value.(type) {
	case api.Gauge:
		return "g", math.Float64bits(float64(value))
	case api.Derive:
		return "d", uint64(value)
	case api.Counter:
		return "c", uint64(value)
	}
	return "?", 0
}

func parse(line string) (*api.ValueList, error) {
	field := strings.Split(line, "\t")
	if len(field) < 10 || len(field[9]) != 16*len(field[8]) {
		return nil, fmt.Errorf("no value list: %q", line)
	}
	time, err := strconv.ParseUint(field[1], 10, 64)
	if err != nil {
		return nil, err
	}
	interval, err := strconv.ParseUint(field[2], 10, 64)
	if err != nil {
		return nil, err
	}
	list := &api.ValueList{
		Identifier: api.Identifier{Host: field[3], Plugin: field[4], PluginInstance: field[5], Type: field[6], TypeInstance: field[7]},
		Time:       cdtime.Time(time).Time(),
		Interval:   cdtime.Time(interval).Duration(),
	}
	for i, kind := range field[8] {
		bits, err := strconv.ParseUint(field[9][16*i:16*i+16], 16, 64)
		if err != nil {
			return nil, err
		}
		switch kind {
		case 'g':
			list.Values = append(list.Values, api.Gauge(math.Float64frombits(bits)))
		case 'd':
			list.Values = append(list.Values, api.Derive(bits))
		case 'c':
			list.Values = append(list.Values, api.Counter(bits))
		default:
			return nil, fmt.Errorf("go-collectd has no kind %q", kind)
		}
	}
	return list, nil
}
