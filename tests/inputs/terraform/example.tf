provider "aws" {
  region              = "us-east-1"
  allowed_account_ids = ["111122223333"]
}
resource "aws_kms_key" "data" {
  enable_key_rotation = true
}
resource "aws_kms_key" "other" {
  enable_key_rotation = false
}
resource "aws_s3_bucket" "records" {
  bucket = "records"
}
resource "aws_s3_bucket" "logs" {
  bucket = "logs"
}
resource "aws_s3_bucket_versioning" "records" {
  bucket = aws_s3_bucket.records.id
  versioning_configuration {
    status = "Enabled"
  }
}
resource "aws_s3_bucket_public_access_block" "records" {
  bucket                  = aws_s3_bucket.records.id
  block_public_acls       = true
  block_public_policy     = false
  ignore_public_acls      = true
  restrict_public_buckets = true
}
resource "aws_dynamodb_table" "patients" {
  name                        = "patients"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "pk"
  deletion_protection_enabled = true
  attribute {
    name = "pk"
    type = "S"
  }
  point_in_time_recovery {
    enabled = true
  }
  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.data.arn
  }
}
resource "aws_sns_topic" "alarms" {
  name              = "alarms"
  kms_master_key_id = "alias/alarms"
}
resource "aws_cloudwatch_log_group" "api" {
  name              = "/clinic/api"
  retention_in_days = 30
}
resource "aws_db_instance" "notes" {
  identifier              = "notes"
  instance_class          = "db.t4g.small"
  engine                  = "postgres"
  allocated_storage       = 20
  storage_encrypted       = true
  publicly_accessible     = false
  backup_retention_period = 35
  deletion_protection     = false
}
resource "aws_iam_role" "api" {
  name               = "api"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }] })
}
resource "aws_iam_role_policy" "api" {
  name   = "api"
  role   = aws_iam_role.api.name
  policy = jsonencode({ Statement = [{ Effect = "Allow", Action = "dynamodb:*", Resource = "*" }] })
}
resource "aws_lambda_function" "api" {
  function_name                  = "api"
  role                           = aws_iam_role.api.arn
  reserved_concurrent_executions = 10
}
resource "aws_security_group" "api" {
  name = "api"
  ingress = [{ description = "", from_port = 22, to_port = 22, protocol = "tcp", cidr_blocks = ["0.0.0.0/0"], ipv6_cidr_blocks = [], prefix_list_ids = [], security_groups = [], self = false }]
}
