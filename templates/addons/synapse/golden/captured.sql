-- Captured topics of example as views of serverless SQL.
--
-- Serverless SQL reads Parquet, CSV and Delta, and no Avro: run captured_to_parquet.py first, because a view over files
-- that are not there cannot be made. Then run this once on the endpoint `syn-kafka-example-weu-ondemand`, in Synapse Studio or any
-- client of SQL Server, as an administrator of SQL. It may be run again.
--
-- Files are read with the workspace's identity, so readers need rights in this database alone:
--   GRANT SELECT ON SCHEMA::dbo TO [reader]; GRANT REFERENCES ON DATABASE SCOPED CREDENTIAL::workspace_identity TO [reader];

IF NOT EXISTS (SELECT * FROM sys.databases WHERE name = 'captured')
    CREATE DATABASE captured COLLATE Latin1_General_100_BIN2_UTF8;   -- the collation that Parquet's texts are read fastest in
GO

USE captured;
GO

-- It guards the credential. No password: the service keeps it.
IF NOT EXISTS (SELECT * FROM sys.symmetric_keys WHERE name = '##MS_DatabaseMasterKey##')
    CREATE MASTER KEY;
GO

IF NOT EXISTS (SELECT * FROM sys.database_scoped_credentials WHERE name = 'workspace_identity')
    CREATE DATABASE SCOPED CREDENTIAL workspace_identity WITH IDENTITY = 'Managed Identity';
GO

IF NOT EXISTS (SELECT * FROM sys.external_data_sources WHERE name = 'lake')
    CREATE EXTERNAL DATA SOURCE lake WITH (
        LOCATION = 'https://stkafkaexampleweu.dfs.core.windows.net/synapse',
        CREDENTIAL = workspace_identity
    );
GO

-- One view for each topic: `value` is what the record holds, `key` and `headers` are texts.
DECLARE @view nvarchar(max) = N'
CREATE OR ALTER VIEW dbo.[@topic] AS
SELECT CAST(files.filepath(1) AS date) AS captured_on, files.*
FROM OPENROWSET(BULK ''captured/@topic/date=*/*.parquet'', DATA_SOURCE = ''lake'', FORMAT = ''PARQUET'')
WITH (
    [partition] int,
    sequence_number bigint,
    [offset] varchar(64),
    enqueued_at datetime2(6),
    [key] varchar(8000),
    headers varchar(8000),
    [value] varchar(max)
) AS files', @one nvarchar(max);

SET @one = REPLACE(@view, N'@topic', N'orders'); EXEC (@one);
SET @one = REPLACE(@view, N'@topic', N'payments'); EXEC (@one);
GO

-- For instance, the newest day of a topic whose records are JSON; a condition on captured_on keeps other days from being read
-- and paid for:
--   SELECT TOP 100 enqueued_at, [key], JSON_VALUE([value], '$.id') AS id
--   FROM dbo.[a-topic] WHERE captured_on = '2026-11-22' ORDER BY enqueued_at DESC;
