/** The data source that provisioning makes. */
export const SOURCE = { type: 'grafana-clickhouse-datasource', uid: 'hearken' };
