// Command drive does with clickhouse-go over HTTP what Grafana's data source does, and prints what came of it as JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

func connect(password string, packing clickhouse.CompressionMethod) driver.Conn {
	connection, err := clickhouse.Open(&clickhouse.Options{
		Protocol:    clickhouse.HTTP,
		Addr:        []string{strings.TrimPrefix(os.Args[1], "http://")},
		Auth:        clickhouse.Auth{Database: "clients", Username: "ana", Password: password},
		Compression: &clickhouse.Compression{Method: packing},
	})
	must(err)
	return connection
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// plain gives a value as every client writes it: times in milliseconds, decimals in ten-thousandths, large numbers as text.
func plain(value any, kind string) any {
	switch value := value.(type) {
	case time.Time:
		if kind == "Date" {
			return value.Format("2006-01-02")
		}
		return fmt.Sprint(value.UnixMilli())
	case decimal.Decimal:
		return value.Shift(4).BigInt().String()
	case uuid.UUID:
		return value.String()
	case bool, string, float32, float64:
		return value
	case *big.Int:
		return value.String()
	}
	reflected := reflect.ValueOf(value)
	switch reflected.Kind() {
	case reflect.Pointer:
		if reflected.IsNil() {
			return nil
		}
		return plain(reflected.Elem().Interface(), kind)
	case reflect.Slice:
		list := []any{}
		for at := range reflected.Len() {
			list = append(list, plain(reflected.Index(at).Interface(), kind))
		}
		return list
	case reflect.Map:
		pairs := map[string]any{}
		for _, key := range reflected.MapKeys() {
			pairs[key.String()] = plain(reflected.MapIndex(key).Interface(), kind)
		}
		return pairs
	}
	return fmt.Sprint(value)
}

func read(connection driver.Conn, query string, arguments ...any) (columns []string, rows []map[string]any) {
	found, err := connection.Query(context.Background(), query, arguments...)
	must(err)
	columns, rows = found.Columns(), []map[string]any{}
	for found.Next() {
		targets := []any{}
		for _, column := range found.ColumnTypes() {
			targets = append(targets, reflect.New(column.ScanType()).Interface())
		}
		must(found.Scan(targets...))
		row := map[string]any{}
		for at, column := range found.ColumnTypes() {
			row[column.Name()] = plain(reflect.ValueOf(targets[at]).Elem().Interface(), column.DatabaseTypeName())
		}
		rows = append(rows, row)
	}
	must(found.Err())
	return columns, rows
}

func refused(connection driver.Conn, query string) any {
	_, err := connection.Query(context.Background(), query)
	var exception *clickhouse.Exception
	if errors.As(err, &exception) {
		return exception.Code
	}
	return fmt.Sprint(err)
}

func main() {
	done := map[string]any{}
	for name, packing := range map[string]clickhouse.CompressionMethod{
		"rows": clickhouse.CompressionNone, "rows_lz4": clickhouse.CompressionLZ4, "rows_gzip": clickhouse.CompressionGZIP,
	} {
		connection := connect("it's: a secret", packing)
		must(connection.Ping(context.Background()))
		done["columns"], done[name] = read(connection, "SELECT * FROM kinds ORDER BY id")
	}
	connection := connect("it's: a secret", clickhouse.CompressionLZ4)
	columns, rows := read(connection, "SELECT id, at FROM kinds WHERE id = 0")
	done["empty"] = []any{columns, rows}
	_, numbers := read(connection, "SELECT number FROM numbers(500000)")
	done["stream"] = len(numbers)
	done["refused"] = []any{refused(connection, "SELECT * FROM nowhere"), refused(connection, "SELECT nothing FROM kinds")}
	must(json.NewEncoder(os.Stdout).Encode(done))
}
